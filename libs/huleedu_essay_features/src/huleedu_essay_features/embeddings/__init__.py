"""Embedders: texts to vectors, by ONNX Runtime alone."""
