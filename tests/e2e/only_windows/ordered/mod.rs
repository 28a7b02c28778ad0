//! An installation, upgrades, a removal, the zip, and a slow stop: the simplest first.

mod t01_settings;
mod t02_upgrade;
mod t03_failed_upgrade;
mod t04_open_handle;
mod t05_lower_file_version;
mod t06_removal;
mod t07_code_pages;
mod t08_slow_stop;
mod t09_folders;
mod t10_machine;
mod t13_autostart;
