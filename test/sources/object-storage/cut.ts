import { createServer, connect, type Server, type Socket } from 'node:net';

/** The way to a server, which can be cut: connections end and new ones are refused, until it is mended. */
export interface Cut extends AsyncDisposable {
  readonly url: string;
  cut(): Promise<void>;
  /** On the same port. */
  mend(): Promise<void>;
}

/** A way to `url`, on a port of its own. */
export async function wayTo(url: string): Promise<Cut> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  };
  const listen = (own: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server = createServer((socket) => {
        const behind = connect(Number(port), hostname);
        keep(socket);
        keep(behind);
        socket.on('close', () => behind.destroy()).pipe(behind);
        behind.on('close', () => socket.destroy()).pipe(socket);
      });
      server.on('error', reject).listen(own, '127.0.0.1', () => {
        const address = server?.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  const cut = async (): Promise<void> => {
    const closing = server;
    server = undefined;
    const closed = new Promise<void>((resolve) => (closing ? closing.close(() => resolve()) : resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const own = await listen(0);
  return {
    url: `http://127.0.0.1:${own}`,
    cut,
    mend: async () => void (await listen(own)),
    [Symbol.asyncDispose]: cut,
  };
}
