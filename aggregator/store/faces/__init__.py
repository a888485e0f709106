"""The faces of the store: each is asked about one thing. Each method is one transaction, and may raise StoreError."""
