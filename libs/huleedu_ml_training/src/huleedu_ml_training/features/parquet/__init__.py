"""A feature store in a directory of Parquet files, for machines without a database."""
