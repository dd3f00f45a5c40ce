"""What rented replicas cost: the ledger of it, the prices, the keeper of budgets, and what tools may ask."""
