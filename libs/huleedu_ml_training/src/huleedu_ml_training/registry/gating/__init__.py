"""What a version must show before it may go up: policies, checks and evidence."""
