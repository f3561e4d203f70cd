"""What the first screen shows of a workspace, kept on the disk, and filled ahead of the first look."""
