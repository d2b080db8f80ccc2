//! Asynchronous work: who does it, when, and how often it is tried.
//!
//! A job is a row, written with the change that asks for it. A worker takes the one that has been due longest, runs one
//! chunk of it (an action, whose changes and progress are one transaction), and hands it back. Any worker can die at
//! any moment: its lease runs out, another one goes on from the last chunk that was committed.

pub mod dispatch;
pub mod queue;
pub mod worker;
