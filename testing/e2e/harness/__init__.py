"""What every suite stands on: the tools, the city, the JSON-RPC client, the load and the record of checks."""
