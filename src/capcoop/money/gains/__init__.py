"""Who gains from a plan: its flows of money by party, the financing of what it builds, and the deal."""
