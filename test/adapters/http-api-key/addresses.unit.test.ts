import { describe, expect, it } from 'vitest'
import { isAllowed, isNetwork, networks } from '../../../lambdas/adapters/http-api-key/addresses.ts'

const none = networks([])

describe('an address that a provider’s name leads to', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.0',
    '169.253.255.255',
    '223.255.255.255',
    '2606:4700::1111',
    '2a00:1450:4001:81b::200e',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
  ])('%s is public', (address) => {
    expect(isAllowed(address, none)).toBe(true)
  })

  it.each([
    ['0.0.0.0', 'this host'],
    ['10.0.0.1', 'a private network'],
    ['100.64.0.1', 'a carrier’s own network'],
    ['127.0.0.1', 'this machine'],
    ['127.255.255.254', 'this machine'],
    ['169.254.169.254', 'the metadata of EC2'],
    ['169.254.170.2', 'credentials of ECS'],
    ['168.63.129.16', 'what Azure tells a machine'],
    ['172.16.0.1', 'a private network'],
    ['172.31.255.255', 'a private network'],
    ['192.0.0.170', 'reserved for protocols'],
    ['192.0.2.1', 'documentation'],
    ['192.88.99.1', 'a relay'],
    ['192.168.1.1', 'a private network'],
    ['198.18.0.1', 'benchmarks'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'everybody'],
    ['::', 'this host'],
    ['::1', 'this machine'],
    ['::7f00:1', 'an IPv4 address in an old form'],
    ['::ffff:127.0.0.1', 'this machine, mapped'],
    ['::ffff:7f00:1', 'this machine, mapped and written otherwise'],
    ['0:0:0:0:0:ffff:10.0.0.1', 'a private network, mapped'],
    ['::ffff:169.254.169.254', 'the metadata of EC2, mapped'],
    ['64:ff9b::127.0.0.1', 'this machine, translated'],
    ['64:ff9b:1::1', 'a private translation'],
    ['100::1', 'nowhere'],
    ['2001::1', 'Teredo'],
    ['2001:db8::1', 'documentation'],
    ['2002:7f00:1::', 'this machine, through 6to4'],
    ['3fff::1', 'documentation'],
    ['fc00::1', 'a private network'],
    ['fd00:ec2::254', 'the metadata of EC2'],
    ['fe80::1', 'this link'],
    ['fe80::1%eth0', 'this link, with its interface'],
    ['ff02::1', 'multicast'],
    ['localhost', 'no address at all'],
    ['', 'no address at all'],
  ])('%s is refused: %s', (address) => {
    expect(isAllowed(address, none)).toBe(false)
  })

  it('may be a private one where the definition names its network, and no other', () => {
    const allowed = networks(['10.1.0.0/16', 'fd12::/16', '127.0.0.1/32'])
    expect(
      ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '127.0.0.1'].map((one) => isAllowed(one, allowed)),
    ).toEqual([true, true, true, true])
    expect(
      ['10.2.0.1', '127.0.0.2', 'fd13::1', '64:ff9b::10.1.2.3'].map((one) => isAllowed(one, allowed)),
    ).toEqual([false, false, false, false])
  })

  const much = [
    ...['169.254.0.0/16', '168.63.129.16/32', '128.0.0.0/1', 'fe80::/10', '8000::/1', 'fd00::/8'],
    ...['fd00:ec2::/32', '64:ff9b::/96', '64:ff9b:1::/48'],
  ]

  it.each([
    '169.254.169.254',
    '::ffff:169.254.169.254',
    'fe80::1',
    'fd00:ec2::254',
    'fd00:ec2::23',
    '168.63.129.16',
    '::ffff:168.63.129.16',
    '64:ff9b::169.254.169.254',
    '64:ff9b::a83f:8110',
    '64:ff9b:1::a9fe:a9fe',
  ])('%s is refused whatever is allowed', (address) => {
    expect(isAllowed(address, networks(much))).toBe(false)
  })

  it('may be behind NAT64 where the definition names that', () => {
    const allowed = networks(much)
    expect(['64:ff9b::10.1.2.3', '64:ff9b:1::a01:203'].map((one) => isAllowed(one, allowed))).toEqual([
      true,
      true,
    ])
  })
})

describe('a network', () => {
  it.each(['10.0.0.0/8', '127.0.0.1/32', 'fd00::/8', '::1/128'])('can be %s', (text) => {
    expect(isNetwork(text)).toBe(true)
  })

  it.each([
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10/8',
    '0.0.0.0/0',
    '::/0',
    'fe80::1%eth0/10',
    '::ffff:10.0.0.0/104',
    '10.0.0.0/8/8',
    'x/8',
  ])('cannot be %s', (text) => {
    expect(isNetwork(text)).toBe(false)
  })
})
