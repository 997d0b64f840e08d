"""House roster: checked, stored all or nothing, its opening balances posted once finance has confirmed them."""
