/**
 * The Spark job from a source to an ingested data set: Parquet in a seeded global shuffle, and its
 * manifest.
 */
package org.isonorm.data.ingestion;
