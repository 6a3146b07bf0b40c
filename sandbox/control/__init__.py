"""The server side of the demo's control room: the state of jobs as a live stream, and switches that inject faults."""
