import { BlockList, isIP } from 'node:net'

/**
 * IPv4 networks that are no public host's, from IANA's registry of special-purpose addresses
 * (https://www.iana.org/assignments/iana-ipv4-special-registry/), and multicast.
 */
const notPublic = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24'],
  ...['192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
]

/** The only global unicast addresses that there are (https://www.iana.org/assignments/ipv6-address-space/). */
const globalUnicast = ['2000::/3']

/** Of those: special-purpose ones (https://www.iana.org/assignments/iana-ipv6-special-registry/). 6to4 and Teredo hold an IPv4 address that a relay leads to. */
const notPublic6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']

/**
 * What no definition opens: link-local addresses, and those where a cloud tells a machine its credentials: fd00:ec2::254 of EC2
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html), and 168.63.129.16 of Azure
 * (https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16), which looks public.
 */
const forbidden = ['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::/32', '168.63.129.16/32']

/** NAT64's well-known prefix (RFC 6052): the last four bytes are an IPv4 address, which is what is reached. */
const translated = ['64:ff9b::/96']

/** As that, within one's own network (RFC 8215). */
const translatedWithin = ['64:ff9b:1::/48']

/** Networks, each as `address/bits`. */
export function networks(written: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of written) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), familyOf(address))
  }
  return list
}

/** Is it a network such as `10.1.0.0/16` or `fd00::/8`? One of no bits would be every address, and is none. */
export function isNetwork(written: string): boolean {
  const [address = '', bits = '', ...more] = written.split('/')
  const version = isIP(address)
  return (
    more.length === 0 &&
    version !== 0 &&
    !address.includes('%') &&
    mappedIn(address) === undefined &&
    /^\d{1,3}$/.test(bits) &&
    Number(bits) >= 1 &&
    Number(bits) <= (version === 4 ? 32 : 128)
  )
}

const [privates, unicast, privates6, never, nat64, anyNat64] = [
  notPublic,
  globalUnicast,
  notPublic6,
  forbidden,
  translated,
  [...translated, ...translatedWithin],
].map(networks) as [BlockList, BlockList, BlockList, BlockList, BlockList, BlockList]

/** May a request go to this address? Only where it is public or in `allowed`; never where a machine is told its credentials. */
export function isAllowed(address: string, allowed: BlockList): boolean {
  const plain = address.split('%')[0] ?? ''
  const version = isIP(plain)
  if (version === 0) return false
  const embedded = mappedIn(plain)
  if (embedded !== undefined) return isAllowed(embedded, allowed)
  const family = familyOf(plain)
  if (never.check(plain, family)) return false
  if (anyNat64.check(plain, family) && never.check(lastFour(plain))) return false
  if (allowed.check(plain, family)) return true
  if (version === 4) return !privates.check(plain, family)
  if (nat64.check(plain, family)) return isAllowed(lastFour(plain), new BlockList())
  return unicast.check(plain, family) && !privates6.check(plain, family)
}

/** The IPv4 address in an IPv6 address that stands for one (`::ffff:a.b.c.d`, however it is written). */
function mappedIn(address: string): string | undefined {
  const words = isIP(address) === 6 ? wordsOf(address) : []
  return words.length === 8 && words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff
    ? lastFour(address)
    : undefined
}

function lastFour(address: string): string {
  return wordsOf(address)
    .slice(6)
    .flatMap((word) => [word >> 8, word & 0xff])
    .join('.')
}

/** The eight 16-bit words of an IPv6 address; a URL writes every form of one alike, without dots. */
function wordsOf(address: string): readonly number[] {
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::')
  const [left, right] = [head, tail ?? ''].map((half) => half.split(':').filter((word) => word !== ''))
  const zeros = Array<string>(8 - (left?.length ?? 0) - (right?.length ?? 0)).fill('0')
  return [...(left ?? []), ...zeros, ...(right ?? [])].map((word) => Number.parseInt(word, 16))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}
