"""What each number of the app is: one module per metric, and the small tables made of them.

``channel_day`` is the table everything above works on; ``summary`` adds it up per channel, per day and in total;
``registry.METRICS`` lists every metric with its definition. All of it works on small frames and needs no store.
"""
