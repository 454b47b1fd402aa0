"""The product without a screen: packs, ingest, store, coverage, maps and reports. Never imports streamlit."""
