"""CPU time of one thread, which others may read: solvers are stopped from beside."""

import threading
import time

# A search ends within 0.2 s of being told, at rest; amid other tests a solver's own
# threads have taken 0.3 s to wind up.
SOON_S = 1.0


class CpuClock:
    """The CPU seconds of the thread that made it, since then."""

    def __init__(self):
        self.clock = time.pthread_getcpuclockid(threading.get_ident())
        self.begun_s = time.clock_gettime(self.clock)

    def now_s(self):
        return time.clock_gettime(self.clock) - self.begun_s
