//! What a request may cost, decided before anything runs.
