//! A DNS server in this process, whose zones change while it runs.
