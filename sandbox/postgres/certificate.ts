import { type CertificateExtension, generate } from 'selfsigned'

/** A key and a certificate in PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

export interface CertificateAuthority {
  /** PEM, what clients verify with. */
  readonly ca: string
  /** A server certificate for localhost, 127.0.0.1 and ::1. */
  issueCertificate(): Promise<Certificate>
}

const validity = {
  notBeforeDate: new Date(Date.now() - 24 * 3_600_000),
  notAfterDate: new Date(Date.now() + 365 * 24 * 3_600_000),
}
const algorithm = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const

/** A new authority; its key exists in this process's memory only. */
export async function createCertificateAuthority(): Promise<CertificateAuthority> {
  const authority = await certify('Overlap sandbox CA', [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ])
  return {
    ca: authority.cert,
    issueCertificate: () =>
      certify(
        'localhost',
        [
          { name: 'basicConstraints', cA: false, critical: true },
          { name: 'keyUsage', digitalSignature: true, critical: true },
          { name: 'extKeyUsage', serverAuth: true },
          {
            name: 'subjectAltName',
            altNames: [
              { type: 2, value: 'localhost' },
              { type: 7, ip: '127.0.0.1' },
              { type: 7, ip: '::1' },
            ],
          },
        ],
        authority,
      ),
  }
}

async function certify(
  commonName: string,
  extensions: CertificateExtension[],
  ca?: Certificate,
): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    ...algorithm,
    ...validity,
    extensions,
    ...(ca ? { ca } : {}),
  })
  return { key: made.private, cert: made.cert }
}
