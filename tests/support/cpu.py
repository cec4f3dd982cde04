"""CPU time of one thread, which others may read: solvers are stopped from beside."""

import threading
import time

# A search ends within so many CPU seconds of being told.
SOON_S = 0.2


class CpuClock:
    """The CPU seconds of the thread that made it, since then."""

    def __init__(self):
        self.clock = time.pthread_getcpuclockid(threading.get_ident())
        self.begun_s = time.clock_gettime(self.clock)

    def now_s(self):
        return time.clock_gettime(self.clock) - self.begun_s
