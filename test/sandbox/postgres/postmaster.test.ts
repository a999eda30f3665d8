import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { locateBinaries } from '../../../sandbox/postgres/binaries.ts'
import { createCertificateAuthority } from '../../../sandbox/postgres/certificate.ts'
import { baseSettings, pgHba } from '../../../sandbox/postgres/configuration.ts'
import { findFreePort } from '../../../sandbox/postgres/free-port.ts'
import { startKeeper } from '../../../sandbox/postgres/keeper.ts'
import { writeOwned } from '../../../sandbox/postgres/owned-file.ts'
import { startPostmaster } from '../../../sandbox/postgres/postmaster.ts'
import { makeRunFolders } from '../../../sandbox/postgres/run-folders.ts'
import { serverUser } from '../../../sandbox/postgres/server-user.ts'
import { prepareTemplate } from '../../../sandbox/postgres/template.ts'

it('takes another port when somebody has taken the one that was free', async () => {
  const user = serverUser()
  const folders = makeRunFolders(user)
  const keeper = startKeeper([...new Set([folders.runFolder, folders.dataFolder])])
  const squatter = createServer()
  try {
    squatter.listen(0, '127.0.0.1')
    await once(squatter, 'listening')
    const taken = (squatter.address() as AddressInfo).port
    const { addresses } = await findFreePort()

    const binaries = await locateBinaries(18, { user, ...folders })
    const template = await prepareTemplate({ binaries, user, keeper, ...folders })
    const dataDirectory = join(folders.dataFolder, 'primary')
    template.copyTo(dataDirectory)
    const tls = join(folders.runFolder, 'tls')
    mkdirSync(tls, { mode: 0o755 })
    const { key, cert } = await (await createCertificateAuthority()).issueCertificate()
    writeOwned(join(tls, 'server.key'), key, user)
    writeOwned(join(tls, 'server.crt'), cert, user)

    const asked: number[] = []
    const { port } = await startPostmaster({
      binaries,
      user,
      keeper,
      dataDirectory,
      settings: baseSettings(tls),
      hba: pgHba([]),
      log: join(folders.runFolder, 'primary.log'),
      findPort: async () => {
        const found = asked.length === 0 ? { port: taken, addresses } : await findFreePort()
        asked.push(found.port)
        return found
      },
    })
    expect(asked).toEqual([taken, port])
  } finally {
    await keeper.end()
    squatter.close()
  }
})
