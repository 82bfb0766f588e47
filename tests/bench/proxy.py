"""A server that is far away: passes a TCP connection on, each byte DELAY milliseconds later, as many as come.

    proxy.py PORT SERVER_PORT DELAY"""

import asyncio
import sys

CHUNK = 1 << 18


async def main(port, server_port, delay):
    async def accept(reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", server_port, limit=CHUNK)
        await asyncio.gather(pass_on(reader, far_writer, delay), pass_on(far_reader, writer, delay))

    server = await asyncio.start_server(accept, "127.0.0.1", port, limit=CHUNK)
    async with server:
        await server.serve_forever()


async def pass_on(reader, writer, delay):
    """Reading goes on while what was read waits for its time."""
    under_way = asyncio.Queue()
    arrival = asyncio.create_task(arrive(under_way, writer))
    loop = asyncio.get_running_loop()
    try:
        while data := await reader.read(CHUNK):
            under_way.put_nowait((loop.time() + delay, data))
    except ConnectionError:
        pass
    under_way.put_nowait((loop.time() + delay, b""))
    await arrival


async def arrive(under_way, writer):
    loop = asyncio.get_running_loop()
    try:
        while True:
            due, data = await under_way.get()
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            if not data:
                break
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000))
