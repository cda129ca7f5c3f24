use std::fs;
