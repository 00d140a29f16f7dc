"""Parsers of sentence structure, behind ``SyntaxParserProtocol``."""
