//! The command line from outside: what is generated from it, what it prints first, and in which colours.

mod colors;
mod completing;
mod documents;
mod first_run;
mod generated;
mod meant;
mod pages;
