"""Taking another configuration of 10,000 sources while the service runs: how long it takes, and what waits meanwhile.

    python benchmarks/reload.py [--sources 10000] [--repeats 3]

The event loop and the store are asked all the while: how long the one is blocked, and how long the other lets a short
call wait, as each poll has several. A tenth of the sources changes, 1 in 100 goes and as many come.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from time import perf_counter

from aggregator.articles import compile_rule
from aggregator.config import Config, load
from aggregator.wiring import App, open_app


def written(folder: Path, sources: int, turn: int) -> Path:
    lines = ["site: {title: T, url: 'http://127.0.0.1:8099/'}", "sources:"]
    for number in range(turn * sources // 100, sources + turn * sources // 100):
        rule = "drop: 'title ~ /sponsored/i'" if number % 10 == turn % 10 else "drop: 'title ~ /advert/i'"
        lines += [
            f"  - id: s{number}",
            f"    url: https://h{number % 3000}.example/feed{number}.xml",
            f"    title: Source {number}",
            f"    tags: [one, two, t{number % 50}]",
            f"    interval: {2 + (number + turn) % 2}h",
            f"    headers: {{X-Key: key-{number}, X-Other: other}}",
            f"    {rule}",
            "    language: en",
        ]
    path = folder / "config.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> Config:
    return load(path, {}, check_rule=compile_rule)


class Waits:
    """The longest time that the loop did not turn, and that a short call of the store took."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.loop = self.store = 0.0
        self.missed = 0

    async def ask_the_loop(self) -> None:
        while True:
            began = perf_counter()
            await asyncio.sleep(0.005)
            self.loop = max(self.loop, perf_counter() - began - 0.005)

    async def ask_the_store(self) -> None:
        while True:
            began = perf_counter()
            await self.app.db(self.app.store.publish_seq)
            self.store = max(self.store, perf_counter() - began)
            await asyncio.sleep(0.005)

    async def beat(self) -> None:
        """The service's: each second it claims what is due."""
        while True:
            began = perf_counter()
            await self.app.db(self.app.store.queue.claim, self.app.now(), 1, self.app.lease, only=["none"])
            self.missed += perf_counter() - began > 1
            await asyncio.sleep(1)


async def measure(sources: int, repeats: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = perf_counter()
        config = read(written(folder, sources, 0))
        print(f"check {perf_counter() - began:.2f} s")
        app = await open_app(config)
        try:
            for turn in range(1, repeats + 1):
                path = written(folder, sources, turn)
                waits = Waits(app)
                asking = [asyncio.create_task(each()) for each in (waits.ask_the_loop, waits.ask_the_store, waits.beat)]
                await asyncio.sleep(0.05)
                began = perf_counter()
                config = await asyncio.to_thread(read, path)
                loaded, loop = perf_counter() - began, waits.loop
                waits.loop = waits.store = 0.0
                began = perf_counter()
                taken = await app.use(config)
                used = perf_counter() - began
                for each in asking:
                    each.cancel()
                print(
                    f"read {loaded:.2f} s (loop waits {loop * 1000:.0f} ms at most), taken {used:.2f} s "
                    f"(loop {waits.loop * 1000:.0f} ms, store {waits.store * 1000:.0f} ms), missed {waits.missed}; "
                    f"{taken.difference.words}"
                )
        finally:
            await app.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.sources, arguments.repeats))
