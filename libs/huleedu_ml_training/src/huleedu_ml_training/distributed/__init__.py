"""Features of millions of essays, on one machine or many, by Ray Data.

Essays are divided into shards. A worker takes a shard, reads its essays itself, and writes its
features itself, so that neither passes through the process that conducts. What is done is kept:
the same command, run again, does what is left.
"""
