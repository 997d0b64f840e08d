"""Background work: the queue and the schedule stand in the database, any number of processes may work on them."""
