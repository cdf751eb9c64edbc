/**
 * From archives to batches: the stage before any network.
 *
 * <p>Upstream are the official CIFAR archives, somebody's own images or the synthetic data set;
 * {@link org.isonorm.data.Fetcher} brings an archive to disk and {@link
 * org.isonorm.data.Ingestion}, a Spark job, turns it into Parquet files in a seeded global shuffle
 * beside a {@link org.isonorm.data.DatasetManifest}. Downstream, an executor reads its {@link
 * org.isonorm.data.Shard} once with {@link org.isonorm.data.ShardReader}, keeps it as bytes, and
 * fills augmented, normalized batches from it with {@link org.isonorm.data.BatchAssembler} in the
 * order of {@link org.isonorm.data.EpochOrder}.
 */
package org.isonorm.data;
