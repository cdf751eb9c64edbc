/** Starting Spark as every job of this project needs it. */
package org.isonorm.spark.session;
