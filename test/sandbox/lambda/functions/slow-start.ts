/** Takes longer to start than its function may run. */
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)

export async function handler(): Promise<string> {
  return 'started'
}
