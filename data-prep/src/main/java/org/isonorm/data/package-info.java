/**
 * From archives to batches: the stage before any network.
 *
 * <p>Upstream are the official CIFAR archives, somebody's own images or the synthetic data set;
 * {@link org.isonorm.data.source.Fetcher} brings an archive to disk and {@link
 * org.isonorm.data.ingestion.Ingestion}, a Spark job, turns it into Parquet files in a seeded
 * global shuffle beside a {@link org.isonorm.data.shard.DatasetManifest}. Downstream, an executor
 * reads its {@link org.isonorm.data.shard.Shard} once with {@link
 * org.isonorm.data.reading.ShardReader} and keeps it as bytes, or has its examples come by in an
 * {@link org.isonorm.data.reading.ExampleStream}, and fills augmented, normalized batches with
 * {@link org.isonorm.data.augmentation.BatchAssembler} in the order of {@link
 * org.isonorm.data.augmentation.EpochOrder} or of the stream.
 */
package org.isonorm.data;
