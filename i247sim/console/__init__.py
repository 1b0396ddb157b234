"""The console: pages for the instructor, the wall and the trainee's seat. It shows and asks; it decides nothing."""
