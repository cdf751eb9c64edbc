/**
 * The ingested data set and what an executor has of it: manifest, shards, examples, streams of
 * random numbers.
 */
package org.isonorm.data.shard;
