"""Extraction processes: plain child processes that talk over pipes, not ``multiprocessing``.

Nothing is pickled, the caller's main module is not imported again, and each process holds one
essay at a time, so that memory is bounded, results keep their order, and a crash has a name.
"""
