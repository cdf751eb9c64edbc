/**
 * Where examples come from: archives, folders of images, Hugging Face files, the synthetic data
 * set. Read by {@code org.isonorm.data.ingestion}.
 */
package org.isonorm.data.source;
