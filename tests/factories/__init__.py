"""Plain functions that make rows for tests. They flush; whoever calls them commits (`unit_of_work`)."""
