const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** 40 of 62 characters: 238 bits, and nothing that a URL, a shell or a connection string would need to escape. */
const LENGTH = 40
/** The largest multiple of the alphabet's size that fits a byte: bytes above it would favour the first letters. */
const ACCEPTED = 256 - (256 % ALPHABET.length)

/** A password of letters and digits, each equally likely. */
export function randomPassword(randomBytes: (size: number) => Buffer): string {
  let password = ''
  while (password.length < LENGTH)
    for (const byte of randomBytes(LENGTH))
      if (byte < ACCEPTED && password.length < LENGTH) password += ALPHABET[byte % ALPHABET.length]
  return password
}
