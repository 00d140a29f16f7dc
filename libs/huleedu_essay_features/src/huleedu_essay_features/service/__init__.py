"""The pipeline over HTTP: a server, and a client that is a pipeline itself.

The server (:mod:`.app`, ``python -m huleedu_essay_features.service``) needs the extra ``service``,
the client (:mod:`.client`) the extra ``remote``; neither needs the other's.
"""
