"""Reads snapshots of the seats from the database during a round."""

import threading

from checks.history import SNAPSHOT, snapshot


class Observer(threading.Thread):
    PAUSE = 0.1

    def __init__(self, database):
        super().__init__(name="observer", daemon=True)
        self.database, self.snapshots, self.stopping = database, [], threading.Event()

    def run(self):
        while not self.stopping.wait(self.PAUSE):
            self.observe()

    def observe(self):
        try:
            rows = self.database.rows(SNAPSHOT)
        except Exception:
            # During a fault there may be no database to read.
            return
        self.snapshots.append(snapshot(rows))

    def finish(self):
        """All snapshots, the last one of the present state."""
        self.stopping.set()
        self.join(60)
        self.observe()
        return self.snapshots
