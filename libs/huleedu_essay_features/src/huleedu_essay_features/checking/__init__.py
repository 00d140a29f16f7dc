"""Language checkers, behind ``LanguageCheckerProtocol``."""
