"""A small file system that can be filled to the last byte, and freed again."""

import errno
import os
import subprocess
import threading
import time


class Disk:
    MEGABYTES = 96

    def __init__(self, place):
        self.place, self.filling = place, None
        self.stopping = threading.Event()
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={self.MEGABYTES}m,mode=0755", "plenaria-chaos", str(place)]
        subprocess.run(command, check=True, capture_output=True)

    def fill(self):
        self.stopping.clear()
        self.fill_up()
        self.filling = threading.Thread(target=self.keep_full, daemon=True)
        self.filling.start()

    def fill_up(self):
        file = os.open(self.place / "filling", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            for size in (1 << 20, 4096):
                try:
                    while os.write(file, bytes(size)):
                        pass
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
        finally:
            os.close(file)

    def keep_full(self):
        # Whatever the database lets go of is taken too.
        while not self.stopping.wait(0.05):
            self.fill_up()

    def free(self):
        if self.filling:
            self.stopping.set()
            self.filling.join()
            self.filling = None
            (self.place / "filling").unlink(missing_ok=True)

    def end(self):
        self.free()
        # Whoever used it may not be quite gone yet.
        for _ in range(50):
            if subprocess.run(["umount", str(self.place)], capture_output=True).returncode == 0:
                self.place.rmdir()
                return
            time.sleep(0.1)
        raise OSError(f"{self.place} stays mounted")


def cannot_mount(directory):
    """Why no small file system can be had here; `None` if it can."""
    if os.geteuid() != 0:
        return "mounting a small file system needs root"
    try:
        Disk(directory / "trial").end()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"mounting a small file system failed: {error}"
    return None
