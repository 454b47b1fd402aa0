"""What the map page costs, measured against the plain ways of making it. ``python -m benchmarks`` runs everything."""
