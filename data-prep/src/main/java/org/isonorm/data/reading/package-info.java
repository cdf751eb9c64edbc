/**
 * How an executor reads its part of an ingested data set: whole into memory, or as a stream of row
 * groups.
 */
package org.isonorm.data.reading;
