//! Watches the nodes of a city: metrics over time, logs that can be searched, alarms and the channels that carry them.
