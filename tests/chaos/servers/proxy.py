"""A TCP proxy that can cut all connections and refuse new ones."""

import asyncio
import socket
import struct
import threading


class Proxy:
    def __init__(self, port, target):
        self.port, self.target = port, target
        self.writers, self.server = set(), None
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.run(self.listen())

    def run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    async def listen(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, backlog=512)

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            onward_reader, onward = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            self.reset(writer)
            return
        self.writers.add(onward)
        await asyncio.gather(self.forward(reader, onward), self.forward(onward_reader, writer))
        for one in (writer, onward):
            one.close()
            self.writers.discard(one)

    @staticmethod
    async def forward(reader, writer):
        try:
            while chunk := await reader.read(1 << 16):
                writer.write(chunk)
                await writer.drain()
            writer.write_eof()
        except (OSError, RuntimeError):
            writer.transport.abort()

    def reset(self, writer):
        # A reset instead of an orderly close.
        if one := writer.get_extra_info("socket"):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        self.writers.discard(writer)

    async def cut_all(self):
        self.server.close()
        for writer in list(self.writers):
            self.reset(writer)

    def cut(self):
        self.run(self.cut_all())

    def restore(self):
        self.run(self.listen())

    async def finish(self):
        await self.cut_all()
        forwarding = asyncio.all_tasks() - {asyncio.current_task()}
        for task in forwarding:
            task.cancel()
        await asyncio.gather(*forwarding, return_exceptions=True)

    def end(self):
        self.run(self.finish())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
