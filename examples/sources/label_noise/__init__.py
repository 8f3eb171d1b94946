"""Learning-rate schedules and wrong labels."""
