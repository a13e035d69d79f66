"""What the API, the worker and the command line share: settings, errors, the store, telemetry."""
