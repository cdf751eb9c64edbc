/**
 * The ingested data set and how an executor reads its part: manifest, shards, examples, streams of
 * random numbers.
 */
package org.isonorm.data.shard;
