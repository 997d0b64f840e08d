"""资金拨付 (manual 1.5.1 steps 5, 6, 9): payout applications and the transfer of each payee line."""
