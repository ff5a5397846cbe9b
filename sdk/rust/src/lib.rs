//! The client of a Civitas node: typed JSON-RPC, HTTP and WebSocket, and the system contracts as typed calls.
