"""An executor of threads, for the tests of search and ensemble."""

import queue
from concurrent.futures import ThreadPoolExecutor


class Threads(ThreadPoolExecutor):
    """A FoldExecutor whose tasks run in threads of this process."""

    def __init__(self, workers):
        super().__init__(workers)
        self.workers = workers
        self._messages = queue.SimpleQueue()

    def messenger(self, _tell):
        return self._messages.put

    def news(self):
        while not self._messages.empty():
            yield self._messages.get()

    def work(self):
        pass
