"""The benchmark: imapkeep beside mbsync and beside the wire; see docs/performance.md."""
